/* An extension of the browser edition, written by hand in the form that JupyterLab loads, so there's nothing to build.

In a browser tab everything is the tab's: it stores the notebooks, and it starts Python, once for each notebook. So

- a notebook is saved a moment after each change, because closing or reloading the page would lose the rest;
- Python starts in the notebook that you look at, and in others when you turn to them: a start takes seconds;
- a line above the notebook says that Python is starting, until it has;
- the address names the notebook in front, so a reload or a bookmark leads back to it. JupyterLite's own opener, which
  this one replaces, also opens the list of files;
- the lessons are one click away;
- a phone has no room for sidebars and wide margins. */
(() => {
  'use strict';
  const PAUSE = 500; // milliseconds from a change until it's saved
  const NARROW = 700; // pixels
  const STARTING = 'Python is starting. The first time, this takes about 20 seconds.';
  const NOT_YET = /^(unknown|initializing|starting|restarting|autorestarting|connecting)$/;
  const STYLE = `
    .course-starting { min-height: 32px; padding: 0 12px; line-height: 32px; overflow: hidden; white-space: nowrap;
                       text-overflow: ellipsis; background: var(--jp-layout-color2); color: var(--jp-ui-font-color0); }
    #course-front-page { padding: 0 12px; line-height: 27px; white-space: nowrap; color: var(--jp-content-link-color); }
    @media (max-width: ${NARROW}px) {
      .course-starting { min-height: 44px; line-height: 20px; white-space: normal; }
      body { --jp-cell-prompt-width: 28px; --jp-cell-collapser-width: 4px; --jp-notebook-padding: 4px; }
      body .jp-InputPrompt, body .jp-OutputPrompt { padding: var(--jp-code-padding) 0; font-size: 9px; }
    }`;
  let share = null;

  /* Save a notebook a moment after each change, and return a function that saves it at once. One save runs after the
  other. `model.dirty` won't do: JupyterLab takes what changed during a save for saved, too. */
  function saveSoon({context}) {
    let timer = null, running = null, isBehind = false;
    const saveAll = async () => {
      while (isBehind && !context.isDisposed) {
        isBehind = false;
        await context.save();
      }
    };
    const save = () => {
      clearTimeout(timer);
      timer = null;
      return running ??= saveAll().catch(() => { isBehind = true; }).finally(() => { running = null; });
    };
    context.ready.then(() => context.model.contentChanged.connect(() => {
      isBehind = true;
      timer ??= setTimeout(save, PAUSE);
    }));
    return save;
  }

  /* Keep a new notebook from starting Python, and return a function that starts it. */
  function startLater({sessionContext}) {
    const prefer = shouldStart => {
      sessionContext.kernelPreference = {...sessionContext.kernelPreference, shouldStart};
    };
    prefer(false);
    return () => {
      prefer(true); // which is enough for a notebook that is still being loaded
      if (sessionContext.isReady && !sessionContext.session?.kernel) sessionContext.startKernel();
    };
  }

  /* Show a line above a notebook while its Python starts. */
  function sayWhileStarting({contentHeader, sessionContext}, Widget) {
    const line = new Widget();
    line.addClass('course-starting');
    line.node.setAttribute('role', 'status');
    contentHeader.addWidget(line);
    const update = () => {
      const isStarting = !sessionContext.hasNoKernel && NOT_YET.test(sessionContext.kernelDisplayStatus);
      line.setHidden(!isStarting);
      line.node.textContent = isStarting ? STARTING : '';
    };
    sessionContext.statusChanged.connect(update);
    sessionContext.connectionStatusChanged.connect(update);
    sessionContext.kernelChanged.connect(update);
    update();
  }

  /* Show a link to the front page, at the right of the menu. The page reads what's stored, so that's up to date then. */
  function linkToFrontPage(shell, saves, Widget) {
    const link = document.createElement('a');
    Object.assign(link, {href: '../index.html', textContent: 'All lessons', id: 'course-front-page'});
    link.onclick = async event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in another tab
      event.preventDefault();
      await Promise.all([...saves].map(save => save()));
      location.assign(link.href);
    };
    shell.add(new Widget({node: link}), 'top', {rank: 10000});
  }

  /* JupyterLab hides everything for a moment when it has loaded its theme. What's hidden may not take the focus, and its
  sidebars look as if they were closed already. */
  async function untilVisible(shell) {
    while (!shell.isVisible) await new Promise(requestAnimationFrame);
  }

  function hideSidebars(shell) {
    shell.collapseLeft();
    shell.collapseRight();
    for (const side of ['left', 'right']) if (shell.isSideTabBarVisible(side)) shell.toggleSideTabBarVisibility(side);
  }

  function activate(app, docmanager, notebooks, Widget) {
    const address = new URL(location.href);
    const asked = address.searchParams.get('path');
    const starts = new WeakMap(); // a notebook -> what starts its Python
    const saves = new Set(); // what saves each notebook
    const prepare = panel => { // JupyterLab says that a notebook is in front before it says that there is one
      if (starts.has(panel)) return;
      starts.set(panel, startLater(panel));
      const save = saveSoon(panel);
      saves.add(save);
      panel.disposed.connect(() => saves.delete(save));
      sayWhileStarting(panel, Widget);
    };
    const turnTo = panel => {
      if (!panel) return;
      prepare(panel);
      starts.get(panel)();
      starts.set(panel, () => {}); // once: who shuts it down doesn't want it back
      address.searchParams.set('path', panel.context.path);
      history.replaceState(history.state, '', address);
    };
    document.head.appendChild(document.createElement('style')).textContent = STYLE;
    linkToFrontPage(app.shell, saves, Widget);
    notebooks.widgetAdded.connect((_, panel) => prepare(panel));
    app.restored.then(async () => {
      if (asked) docmanager.openOrReveal(asked);
      const panel = asked ? docmanager.findWidget(asked) : notebooks.currentWidget;
      turnTo(panel);
      notebooks.currentChanged.connect((_, panel) => turnTo(panel));
      await untilVisible(app.shell);
      if (window.innerWidth < NARROW) hideSidebars(app.shell);
      if (!panel) return;
      await panel.revealed; // what has no contents yet may not take the focus
      await untilVisible(app.shell);
      app.shell.activateById(panel.id);
    });
  }

  async function plugins() {
    const of = async name => (await Object.values(share[name])[0].get())();
    const [docmanager, notebook, {Widget}] = await Promise.all(
      ['@jupyterlab/docmanager', '@jupyterlab/notebook', '@lumino/widgets'].map(of));
    return [{
      id: 'browser-edition:comfort',
      requires: [docmanager.IDocumentManager, notebook.INotebookTracker],
      autoStart: true,
      activate: (app, ...services) => activate(app, ...services, Widget)
    }];
  }

  (window._JUPYTERLAB ??= {})['browser-edition'] = {
    init: scope => { share = scope; },
    get: async () => { const found = await plugins(); return () => ({__esModule: true, default: found}); }
  };
})();
