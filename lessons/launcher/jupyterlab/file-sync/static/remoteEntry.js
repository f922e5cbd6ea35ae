/* A JupyterLab extension, written by hand in the form that JupyterLab loads, so there's nothing to build.

It keeps the tab of a lesson's source file and the file on disk the same, whether you edit in the tab or a cell edits the
file. A cell runs only after what you typed has been saved. So you never have to save or reload a tab, and you never meet
the dialog "File Changed".

It also shows the file that a lesson's step edits beside the lesson, as does a link, closes the files of other lessons,
and names tabs so that you know which `spam.py` this is. */
(() => {
  'use strict';
  const PAUSE = 300; // milliseconds after the last keystroke until it is saved
  const LOOK = 1000; // milliseconds between two looks at the disk
  const NOTEBOOK = /(?:^|\/)(lessons|exercises)\/(\d\d)_[^/]*\.ipynb$/;
  const TAB = '.lm-TabBar-tab';
  const LESSON = /^(.*lessons\/)?(\d\d_[^/]*)\.ipynb$/;
  const EXERCISE = /^(.*)exercises\/(\d\d_[^/]*)\.ipynb$/;
  const IN_WORKSPACE = /(?:^|\/)workspace\/(\d\d)_[^/]*\/(.*\.py)$/;
  const EDIT = /edit_file\((\w+)_py\b/;
  const LINK = /\]\(workspace\/[^/]+\/([^)]+\.py)\)/;
  const PICTURE = 'reload-course-picture'; // the panel of the extension picture-panel, below a source file
  const NARROW = 700; // pixels: a narrower window has no room for two documents beside each other
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
  const isTypedIn = context => [...files].some(file => file.context === context && file.isTyped);
  const isInWorkspace = path => /(^|\/)workspace\/.*\.py$/.test(path);

  /* The source files of a lesson, those of packages too. */
  async function sources(contents, folder) {
    const items = (await contents.get(folder, {content: true}).catch(later))?.content ?? [];
    const packages = items.filter(({type, name}) => type === 'directory' && /^[a-z]/.test(name)).map(({name}) => name);
    const inside = await Promise.all(packages.sort().map(name => sources(contents, `${folder}${name}/`)));
    return [...items.map(({name}) => name).filter(name => name.endsWith('.py')).sort().map(name => folder + name),
      ...inside.flat()];
  }

  /* Which of a lesson's files the step at the selected cell edits: a step is a text with the code below it. `spam_py`
  is the path of spam.py in each lesson. A step without `edit_file` may have a link to the file. */
  function edited({widgets, activeCellIndex}, names) {
    const isText = index => widgets[index].model.type === 'markdown';
    let start = activeCellIndex, end = activeCellIndex + 1;
    while (start > 0 && !isText(start)) start--;
    while (end < widgets.length && !isText(end)) end++;
    const text = (from, to) => widgets.slice(from, to).map(cell => cell.model.sharedModel.source).join('\n');
    const [, name] = EDIT.exec(text(activeCellIndex, end)) ?? EDIT.exec(text(start, end)) ?? [];
    const [, link] = LINK.exec(text(start, start + 1)) ?? [];
    return names.find(path => name && `/${path}`.endsWith(`/${name}.py`)) ??
      names.find(path => name && path === `${name}/__init__.py`) ?? names.find(path => path === link);
  }

  /* A lesson and its exercises have the same file name, and each lesson has a spam.py. So the tab shows another name. It
  mustn't be the title's label, because JupyterLab would rename the file. */
  function nameTab({context, title}, style) {
    const name = () => {
      const [, folder, number] = NOTEBOOK.exec(context.path) ?? [];
      const [, lesson, file] = IN_WORKSPACE.exec(context.path) ?? [];
      const shown = number ? `${number} ${folder === 'lessons' ? 'Lesson' : 'Exercises'}`
        : file ? `${lesson} ${file}` : null; // the number first, because narrow tabs cut off the end
      const {named, ...others} = title.dataset;
      title.dataset = shown ? {...others, named: shown} : others;
      const rule = `${TAB}[data-named=${JSON.stringify(shown)}] .lm-TabBar-tabLabel::before {
        content: ${JSON.stringify(shown)}; font-size: var(--jp-ui-font-size1); }\n`;
      if (shown && !style.textContent.includes(rule)) style.append(rule);
    };
    context.pathChanged.connect(name);
    name();
  }

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

    /* Open a source file beside the notebook `panel`, unless it's open already. Return its widget. */
    const openBeside = (panel, path) => {
      const [other] = editors.filter(({context, isVisible}) => isVisible && isInWorkspace(context.path));
      const place = other ? {mode: 'tab-after', ref: other.id}
        : document.querySelector(`#${PICTURE}`) ? {mode: 'split-top', ref: PICTURE}
        : {mode: window.innerWidth < NARROW ? 'tab-after' : 'split-right', ref: panel.id};
      return docmanager.findWidget(path) ?? docmanager.open(path, 'Editor', undefined, {activate: false, ...place});
    };
    document.addEventListener('click', event => { // JupyterLab's own way would open the file in front of the lesson
      const path = decodeURIComponent(/\/files\/([^?#]*)/.exec(event.target.closest?.('a')?.href)?.[1] ?? '');
      if (!isInWorkspace(path) || !notebooks.currentWidget?.node.contains(event.target)) return;
      event.preventDefault();
      event.stopPropagation();
      app.shell.activateById(openBeside(notebooks.currentWidget, path).id);
    }, true);

    /* Show beside a lesson the file that its step edits, and close those of other lessons. What the learner has closed
    is opened again only by a step that edits another file. Beside an exercise, the files of its lesson may stay. */
    const shown = new WeakMap();  // panel -> path of the file that was last shown beside it
    const putAway = new Set();  // paths that were closed here, and not by the learner
    const showBeside = async (panel, isStep) => {
      const {path = ''} = panel?.context ?? {};
      const [, folder, stem] = LESSON.exec(path) ?? [];
      const [, top, exercise] = EXERCISE.exec(path) ?? [];
      await app.restored; // by then a stored layout has opened what it holds
      if (exercise) return closeOthers(`${top}lessons/workspace/${exercise}/`);
      const workspace = `${folder ?? ''}workspace/${stem}/`;
      const names = stem ? await sources(contents, workspace) : [];
      if (!names.length || panel.isDisposed || notebooks.currentWidget !== panel) return;
      const before = shown.get(panel);
      const wanted = edited(panel.content, names.map(name => name.slice(workspace.length)));
      const usual = names.find(name => name === `${workspace}spam.py`) ?? names[0];
      const source = wanted ? workspace + wanted : before ?? usual;
      if (isStep && source === before) return;
      shown.set(panel, source);
      const isClosed = source === before && !putAway.delete(source);
      const widget = isClosed ? docmanager.findWidget(source) : openBeside(panel, source);
      // In front of other tabs, unless the lesson is one of them. The cursor stays where it is.
      if (window.innerWidth >= NARROW) widget?.parent?.selectWidget?.(widget);
      if (!isStep) app.shell.activateById(panel.id);
      return closeOthers(workspace);
    };
    const closeOthers = async workspace => {
      await followAll();
      const others = editors.filter(({context: {path}}) => isInWorkspace(path) && !path.startsWith(workspace));
      for (const editor of others.filter(({context}) => !isTypedIn(context))) {
        putAway.add(editor.context.path);
        editor.close();
      }
    };
    showBeside(notebooks.currentWidget);
    notebooks.currentChanged.connect((_, panel) => showBeside(panel));
    notebooks.activeCellChanged.connect(() => showBeside(notebooks.currentWidget, true));
    const style = document.head.appendChild(document.createElement('style'));
    style.append(`${TAB}[data-named] .lm-TabBar-tabLabel { font-size: 0; }\n`);
    for (const widgets of [notebooks, editors]) {
      widgets.forEach(widget => nameTab(widget, style));
      widgets.widgetAdded.connect((_, widget) => nameTab(widget, style));
    }
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
