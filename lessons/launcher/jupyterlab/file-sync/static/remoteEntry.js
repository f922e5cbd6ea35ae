/* A JupyterLab extension, written by hand in the form that JupyterLab loads, so there's nothing to build.

It keeps the tab of a lesson's source file and the file on disk the same, whether you edit in the tab or a cell edits the
file. A cell runs only after what you typed has been saved. So you never have to save or reload a tab, and you never meet
the dialog "File Changed". When you open a lesson, it also opens the lesson's source file beside it. */
(() => {
  'use strict';
  const PAUSE = 300; // milliseconds after the last keystroke until it is saved
  const LOOK = 1000; // milliseconds between two looks at the disk
  const files = new Set(); // one FollowedFile for each source file that is open
  let share = null;

  class FollowedFile {
    constructor(context, contents) {
      Object.assign(this, {context, contents, common: context.model.toString(), last: Promise.resolve(), next: null});
      context.save = context.revert = () => this.follow(); // JupyterLab's own would ask which version is meant
      context.model.contentChanged.connect(() => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.follow().catch(later), PAUSE);
      });
      context.disposed.connect(() => files.delete(this));
      files.add(this);
    }

    get isTyped() { // `model.dirty` will not do: JupyterLab's saving takes it away from what is typed meanwhile
      return this.context.model.toString() !== this.common;
    }

    follow() { // one after the other; a call that hasn't begun yet serves all that ask meanwhile
      this.next ??= this.last = this.last.catch(later).then(() => {
        this.next = null;
        this.isLost = true; // until it is found again: no need to ask every second for a file that is gone
        return this.context.isDisposed ? null : this.compare();
      });
      return this.next;
    }

    /* Make tab and disk equal. `common` is the text that they last had in common. What the learner has typed goes
    before what a cell wrote in the same moment: you can run the cell again, but you don't want to type a text twice. */
    async compare() {
      const {context, contents} = this;
      const found = await contents.get(context.path, {type: 'file', format: 'text', content: true});
      const text = found.content.replace(/\r\n/g, '\n');
      this.isLost = false;
      if (this.isTyped && context.model.toString() !== text) {
        const typed = context.model.toString(); // no keystroke comes between two lines without `await`
        const content = text === found.content ? typed : typed.replace(/\n/g, '\r\n');
        await contents.save(context.path, {type: 'file', format: 'text', content});
        this.common = typed;
      } else {
        this.common = text;
        show(context.model, text);
      }
      context.model.dirty = this.isTyped;
    }
  }

  /* Replace only what differs, so that the cursor stays where it is. */
  function show(model, text) {
    const shown = model.toString();
    const shorter = Math.min(shown.length, text.length);
    let start = 0, end = 0;
    while (start < shorter && shown[start] === text[start]) start++;
    while (end < shorter - start && shown.at(-1 - end) === text.at(-1 - end)) end++;
    // Never between the halves of a character: Yjs would put U+FFFD in their place.
    if (/[\uD800-\uDBFF]/.test(shown[start - 1])) start--;
    if (end && /[\uDC00-\uDFFF]/.test(shown.at(-end))) end--;
    if (shown !== text) model.sharedModel.updateSource(start, shown.length - end, text.slice(start, text.length - end));
  }

  const later = () => {}; // the file or the server is gone for now: the next look tries again
  const followAll = () => Promise.all([...files].map(file => file.follow().catch(later)));
  const lookAround = () => document.hidden || files.forEach(file => file.isLost || file.follow().catch(later));
  const isInWorkspace = path => /(^|\/)workspace\/.*\.py$/.test(path);

  /* Cells run in their order, and each one when all that was typed before it is saved. */
  function careful(runCell) {
    let saved = Promise.resolve();
    return {runCell: options => {
      if ([...files].some(file => file.isTyped)) saved = saved.then(followAll);
      return options.cell.model.type === 'code' ? saved.then(() => runCell(options)) : runCell(options);
    }};
  }

  function follow(app, docmanager, notebooks, editors, notebookActions) {
    const contents = app.serviceManager.contents;
    const followWidget = async ({context}) => {
      await context.ready;
      const isNew = ![...files].some(file => file.context === context);
      if (isInWorkspace(context.path) && !context.model.collaborative && isNew) new FollowedFile(context, contents);
    };
    editors.forEach(followWidget);
    editors.widgetAdded.connect((_, widget) => followWidget(widget));
    notebookActions.executed.connect(followAll);
    setInterval(lookAround, LOOK);
    for (const event of ['focusout', 'visibilitychange']) document.addEventListener(event, followAll);

    /* Bring a lesson's source file to the front when the lesson comes there; open it once, for it may be closed. */
    const opened = new WeakSet();
    const showBeside = async panel => {
      const [, folder, stem] = /^(.*lessons\/)?(\d\d_[^/]*)\.ipynb$/.exec(panel?.context.path) ?? [];
      const workspace = `${folder ?? ''}workspace/${stem}/`;
      await app.restored; // by then a stored layout has opened what it holds
      const listing = stem && await contents.get(workspace).catch(later);
      const names = (listing?.content ?? []).map(item => item.name).filter(name => name.endsWith('.py')).sort();
      if (!names.length || panel.isDisposed || notebooks.currentWidget !== panel) return;
      const path = workspace + (names.includes('spam.py') ? 'spam.py' : names[0]);
      const visible = editors.filter(({context, isVisible}) => isVisible && isInWorkspace(context.path));
      const widget = docmanager.findWidget(path);
      if (visible.some(({context}) => context.path.startsWith(workspace)) || (!widget && opened.has(panel))) return;
      opened.add(panel);
      if (widget) app.shell.activateById(widget.id);
      else docmanager.open(path, 'Editor', undefined, visible.length
        ? {mode: 'tab-after', ref: visible[0].id} : {mode: 'split-right', ref: panel.id});
      app.shell.activateById(panel.id);
    };
    showBeside(notebooks.currentWidget);
    notebooks.currentChanged.connect((_, panel) => showBeside(panel));
  }

  async function plugins() {
    const of = async name => (await Object.values(share[`@jupyterlab/${name}`])[0].get())();
    const [docmanager, notebook, fileeditor] = await Promise.all(['docmanager', 'notebook', 'fileeditor'].map(of));
    return [{
      id: 'file-sync:run-what-is-typed',
      provides: notebook.INotebookCellExecutor,
      autoStart: true,
      activate: () => careful(notebook.runCell)
    }, {
      id: 'file-sync:follow',
      requires: [docmanager.IDocumentManager, notebook.INotebookTracker, fileeditor.IEditorTracker],
      autoStart: true,
      activate: (app, ...services) => follow(app, ...services, notebook.NotebookActions)
    }];
  }

  (window._JUPYTERLAB ??= {})['file-sync'] = {
    init: scope => { share = scope; },
    get: async () => { const found = await plugins(); return () => ({__esModule: true, default: found}); }
  };
})();
