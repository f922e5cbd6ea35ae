/* A JupyterLab extension, written by hand in the form that JupyterLab loads, so there's nothing to build.

It shows the panel "Picture" under a lesson's source file: which names refer to which objects after the last cell. The
kernel makes the pictures (workbench/picture_panel.py) and sends them here. You can go back and forward through all
moments of the lesson. If you close the panel it stays closed, until View > Show Picture. Exercises have no pictures, so
beside them the panel makes room. */
(() => {
  'use strict';
  const TARGET = 'picture-panel';
  const CLOSED = 'reload-course:picture-is-closed'; // in the browser's storage
  const MOST = 200; // moments that are kept
  const isLesson = panel => /(^|\/)lessons\/\d\d_[^/]*\.ipynb$/.test(`/${panel.context.path}`);
  const isBeside = path => /(^|\/)workspace\/.*\.py$/.test(path);
  const NOT_YET = 'After each cell, you see here which names refer to which objects of the lesson. So far no name does.';
  const RESTARTED = 'Python was restarted, so no name refers to anything. Run the cells from the top.';
  const FOOT = 'Here, each object keeps its number for the whole lesson. To follow another name, run picture("name") ' +
    'in a cell.';
  const STYLE = `
    .rc-Picture {display: flex; flex-direction: column; background: var(--jp-layout-color1);
      color: var(--jp-ui-font-color1); font-size: var(--jp-ui-font-size1);
      --OLD: #8a4b08; --NEW: #0b5cad; --plain: #222; --changed: #b3261e}
    [data-jp-theme-light="false"] .rc-Picture {
      --OLD: #ffb366; --NEW: #79c0ff; --plain: #d8d8d8; --changed: #ff8a80}
    .rc-Picture > * {padding: 4px 10px; margin: 0}
    .rc-Picture [hidden] {display: none}
    .rc-Picture-bar {display: flex; flex-wrap: wrap; gap: 4px 6px; align-items: center;
      border-bottom: 1px solid var(--jp-border-color1)}
    .rc-Picture button {font: inherit; color: inherit; background: var(--jp-layout-color2); cursor: pointer;
      border: 1px solid var(--jp-border-color1); border-radius: 3px; padding: 1px 8px; min-height: 24px}
    .rc-Picture button[aria-disabled="true"] {opacity: .55; cursor: default}
    .rc-Picture button[aria-pressed="true"] {border-color: var(--plain)}
    .rc-Picture :focus-visible {outline: 2px solid var(--NEW); outline-offset: 1px}
    .rc-Picture code {font-family: var(--jp-code-font-family)}
    .rc-Picture-when {overflow-wrap: anywhere}
    .rc-Picture-drawing {flex: 1 1 auto; min-height: 60px; overflow: auto}
    .rc-Picture-drawing svg {display: block; max-width: 100%; min-width: min(100%, 360px); height: auto}
    .rc-Picture-drawing pre {margin: 0; font-family: var(--jp-code-font-family); font-size: var(--jp-code-font-size)}
    .rc-Picture svg .paper {fill: var(--jp-layout-color1)}
    .rc-Picture svg .changed {fill: var(--changed)}
    ${['OLD', 'NEW', 'plain'].map(kind => `.rc-Picture svg .line-${kind} {stroke: var(--${kind})}
    .rc-Picture svg .ink-${kind} {fill: var(--${kind})}`).join(' ')}
    .rc-Picture-changes {flex: none; max-height: 30%; overflow: auto; border-top: 1px solid var(--jp-border-color1)}
    .rc-Picture-changes p {margin: 0; overflow-wrap: anywhere}
    .rc-Picture-changes p::before {content: "\\25C6\\A0"; content: "\\25C6\\A0" / ""; color: var(--changed)}
    .rc-Picture-foot {color: var(--jp-ui-font-color2)}
    @media (prefers-reduced-motion: no-preference) {
      .rc-Picture svg .changed {animation: rc-Picture-changed .5s 2}
      @keyframes rc-Picture-changed {50% {opacity: .2}}
    }`;
  let share = null;

  /* The moments of one notebook since its Python was started, and which of them is shown: the last, or an earlier one. */
  class Story {
    constructor() { this.clear(NOT_YET); }

    clear(words) { Object.assign(this, {moments: [], index: -1, words}); }

    /* Take moments from the kernel. One with a known number replaces the known one: another cell changed nothing. */
    take(moments) {
      for (const moment of moments) {
        if (moment.number === 1 && this.moments.length > 1) this.clear(NOT_YET);
        const known = this.moments.findIndex(({number}) => number === moment.number);
        if (known >= 0) this.moments[known] = moment;
        else this.moments.push(moment);
      }
      this.moments.splice(0, this.moments.length - MOST);
      this.index = this.moments.length - 1;
    }

    get shown() { return this.moments[this.index]; }

    go(step) { this.index = Math.max(0, Math.min(this.moments.length - 1, this.index + step)); }
  }

  function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  function middle(node) {
    const {top, bottom} = node.getBoundingClientRect();
    return (top + bottom) / 2;
  }

  /* What's in the panel. `step` is called with how many moments to go on. */
  function makeView(node, step) {
    const button = (text, hint, act) => {
      const made = element('button', {type: 'button', textContent: text, title: hint});
      made.addEventListener('click', () => made.getAttribute('aria-disabled') === 'true' || act());
      return made;
    };
    const back = button('\u25C0 Back', 'One moment back (Left arrow)', () => step(-1));
    const forward = button('Forward \u25B6', 'One moment forward (Right arrow)', () => step(1));
    const now = button('Now', 'The last moment (End)', () => step(Infinity));
    const asText = button('As text', 'Show the picture as text', () => toggle());
    const when = element('span', {className: 'rc-Picture-when'});
    const drawing = element('div', {className: 'rc-Picture-drawing', tabIndex: 0});
    const changes = element('div', {className: 'rc-Picture-changes', tabIndex: 0});
    const foot = element('p', {className: 'rc-Picture-foot'});
    drawing.setAttribute('role', 'group');
    drawing.setAttribute('aria-label', 'Picture of names and objects');
    changes.setAttribute('role', 'status'); // a screen reader says what changed, and nothing else
    changes.setAttribute('aria-label', 'What just changed');
    node.classList.add('rc-Picture');
    node.append(element('div', {className: 'rc-Picture-bar'}, back, forward, now, asText, when), drawing, changes, foot);
    node.addEventListener('keydown', event => {
      const steps = {ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity}[event.key];
      if (!steps || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      step(steps);
    });
    let isText = false, moment = null, story = null;

    function toggle() {
      isText = !isText;
      show(story, true);
    }

    function picture() {
      if (isText) return element('pre', {textContent: moment.text});
      const svg = document.importNode(new DOMParser().parseFromString(moment.svg, 'image/svg+xml').documentElement, true);
      svg.setAttribute('role', 'img');
      svg.setAttribute('aria-label', moment.text.split('\n').map(line => line.trim()).join('; '));
      return svg;
    }

    function show(next, isNew) {
      const before = moment;
      [story, moment] = [next, next?.shown];
      asText.setAttribute('aria-pressed', isText);
      for (const [made, isOff] of [[back, !(story?.index > 0)], [asText, !moment],
                                   ...[forward, now].map(made => [made, !moment || story.shown === story.moments.at(-1)])])
        made.setAttribute('aria-disabled', isOff);
      if (!moment) {
        when.textContent = '';
        drawing.replaceChildren(element('p', {textContent: story?.words ?? NOT_YET}));
        changes.replaceChildren();
        changes.hidden = true;
        foot.textContent = '';
        return;
      }
      const unchanged = moment.until > moment.cell ? ` No name changed up to cell [${moment.until}].` : '';
      when.replaceChildren(`Moment ${story.index + 1} of ${story.moments.length}: after cell [${moment.cell}] `,
        element('code', {textContent: moment.source}), unchanged && ` \u00B7${unchanged}`);
      if (!isNew && before?.number === moment.number && before?.svg === moment.svg) return;
      drawing.replaceChildren(picture());
      const mark = drawing.querySelector('.changed');
      drawing.scrollTop = mark ? middle(mark) - middle(drawing) : 0; // in a small panel, show what has changed
      changes.hidden = false;
      changes.replaceChildren(...moment.changes.map(text => element('p', {textContent: text})));
      foot.textContent = moment.left_out
        ? `${moment.left_out} ${moment.left_out === 1 ? 'object' : 'objects'} that changed earlier are left out. ${FOOT}`
        : FOOT;
    }

    return {show, focus: () => drawing.focus({preventScroll: true})};
  }

  /* Follow the kernels of a notebook: `changed` is called when its story has changed. */
  function followKernels({sessionContext}, story, changed) {
    const take = message => {
      story.take(message.content.data.moments ?? []);
      changed();
    };
    const follow = async kernel => {
      if (!kernel) return;
      kernel.registerCommTarget(TARGET, (comm, message) => {
        comm.onMsg = take;
        take(message);
      });
      kernel.statusChanged.connect((_, status) => {
        if (!/restarting/.test(status)) return;
        story.clear(RESTARTED);
        changed();
      });
      await kernel.info;
      const {content: {comms = {}}} = await kernel.requestCommInfo({target_name: TARGET});
      for (const id of Object.keys(comms).filter(id => !kernel.hasComm(id))) { // it ran before this page was loaded
        const comm = kernel.createComm(TARGET, id);
        comm.onMsg = take;
        comm.send({}); // asks for all moments
      }
    };
    const tryToFollow = kernel => follow(kernel).catch(() => {}); // a kernel that ends meanwhile has no moments
    tryToFollow(sessionContext.session?.kernel);
    sessionContext.kernelChanged.connect((_, {oldValue, newValue}) => {
      if (oldValue) story.clear(RESTARTED);
      changed();
      tryToFollow(newValue);
    });
  }

  function start(app, shell, notebooks, editors, Widget, palette, menu) {
    const stories = new WeakMap(); // notebook panel -> Story
    let panel = null, isAsked = false;
    document.head.append(element('style', {textContent: STYLE}));
    const current = () => stories.get(notebooks.currentWidget);
    const isClosed = closed => {
      try {
        if (closed === undefined) return Boolean(localStorage.getItem(CLOSED));
        closed ? localStorage.setItem(CLOSED, 'yes') : localStorage.removeItem(CLOSED);
      } catch { /* a browser without storage: then it only stays closed in this page */ }
      return closed;
    };

    class Panel extends Widget {
      constructor() {
        super();
        this.id = 'reload-course-picture';
        Object.assign(this.title, {label: 'Picture', closable: true,
          caption: 'Which names refer to which objects, after each cell'});
        this.view = makeView(this.node, step => go(step));
      }
      onActivateRequest() { this.view.focus(); }
      onCloseRequest(message) {
        isClosed(true);
        super.onCloseRequest(message);
        putAway();
      }
    }

    /* A burst of messages, as "Run All" makes it, is drawn once. */
    const draw = () => {
      if (isAsked) return;
      isAsked = true;
      requestAnimationFrame(() => {
        isAsked = false;
        panel?.view.show(current());
      });
    };
    const go = step => {
      current()?.go(step);
      draw();
    };
    const editorBeside = () => {
      let found = null;
      editors.forEach(({id, context, isVisible}) => { if (isVisible && isBeside(context.path)) found = id; });
      return found;
    };
    const place = () => {
      const editor = editorBeside();
      shell.add(panel, 'main', {activate: false, ...(editor ? {mode: 'split-bottom', ref: editor}
        : {mode: 'split-right', ref: notebooks.currentWidget?.id})});
    };
    const putAway = () => {
      panel?.dispose();
      panel = null;
    };
    const open = () => {
      if (panel) return;
      panel = new Panel();
      place();
      draw();
    };
    const showIfWanted = () => {
      const notebook = notebooks.currentWidget;
      if (notebook && isLesson(notebook) && !isClosed()) open();
      else if (notebook && !isLesson(notebook)) putAway();
      draw();
    };

    const follow = notebook => {
      stories.set(notebook, new Story());
      followKernels(notebook, stories.get(notebook), draw);
    };
    notebooks.forEach(follow);
    notebooks.widgetAdded.connect((_, notebook) => follow(notebook));
    app.restored.then(() => setTimeout(() => { // by then the source file is open
      showIfWanted();
      notebooks.currentChanged.connect(showIfWanted);
    }, 500));
    editors.widgetAdded.connect((_, {context, id}) => setTimeout(() => { // where the panel had no file above it
      const editor = editorBeside();
      if (panel && editor === id && isBeside(context.path) && isElsewhere(editor)) place();
    }, 300));
    const isElsewhere = id => {
      const left = node => node?.getBoundingClientRect().left;
      return Math.abs(left(document.getElementById(id)) - left(panel.node)) > 20;
    };

    const commands = {
      show: ['Show Picture', () => { isClosed(false); open(); shell.activateById(panel.id); }],
      back: ['Picture: One Moment Back', () => go(-1)],
      forward: ['Picture: One Moment Forward', () => go(1)]
    };
    for (const [name, [label, execute]] of Object.entries(commands)) {
      app.commands.addCommand(`picture-panel:${name}`, {label, execute});
      palette?.addItem({command: `picture-panel:${name}`, category: 'Course'});
    }
    menu?.viewMenu.addGroup([{command: 'picture-panel:show'}], 3);
  }

  async function plugins() {
    const of = async name => (await Object.values(share[name])[0].get())();
    const [application, notebook, fileeditor, apputils, mainmenu, widgets] = await Promise.all([
      '@jupyterlab/application', '@jupyterlab/notebook', '@jupyterlab/fileeditor', '@jupyterlab/apputils',
      '@jupyterlab/mainmenu', '@lumino/widgets'].map(of));
    return [{
      id: 'picture-panel:show',
      optional: [application.ILabShell, notebook.INotebookTracker, fileeditor.IEditorTracker,
                 apputils.ICommandPalette, mainmenu.IMainMenu],
      autoStart: true,
      activate: (app, shell, notebooks, editors, palette, menu) => { // Notebook 7 shows one document, and has no shell
        if (shell && notebooks && editors) start(app, shell, notebooks, editors, widgets.Widget, palette, menu);
      }
    }];
  }

  (window._JUPYTERLAB ??= {})['picture-panel'] = {
    init: scope => { share = scope; },
    get: async () => { const found = await plugins(); return () => ({__esModule: true, default: found}); }
  };
})();
