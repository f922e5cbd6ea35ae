/* An extension of JupyterLab, Notebook 7 and the browser edition, written by hand in the form that they load, so
there's nothing to build.

A notebook of the course opens at the step where the learner stopped. By then Python was restarted, so the names that the
cells above defined are gone, and the next cell would fail. A notice above the notebook says so, also after any restart of
the kernel, and its button runs the cells above. It goes away as soon as the first cell runs. */
(() => {
  'use strict';
  const OF_COURSE = /^%%predict|^from (workbench|practice) import/m;
  const OF_EXERCISE = /^from practice import/m;
  const TEXT = 'Python was restarted, so your imports and variables are gone.';
  const RUN_ABOVE = 'Run everything up to here';  // up to the selected cell
  const RUN_FIRST = 'Run the first cell';  // an exercise: a check of an open task would stop the others
  let share = null;

  const isCode = cell => cell.model.type === 'code';
  const isOfCourse = panel => /(^|\/)\d\d_[^/]*\.ipynb$/.test(panel.context.path) &&
    panel.content.widgets.some(cell => OF_COURSE.test(cell.model.sharedModel.source));
  const firstCode = ({widgets}) => widgets.findIndex(isCode);

  /* The index of the cell where the learner stopped: the one below the last that has run; 0 if none has run, or all. */
  function stoppedAt({widgets}) {
    const codes = widgets.filter(isCode);
    const last = codes.filter(cell => cell.model.executionCount !== null).at(-1);
    return last === codes.at(-1) ? 0 : widgets.indexOf(last) + 1;
  }

  /* Whether a kernel has run no cell yet. A page that is loaded again finds its kernel as it was. */
  async function isNew(kernel) {
    const reply = await kernel.requestExecute({code: '', silent: true, store_history: false}).done;
    return reply.content.execution_count <= 0;
  }

  /* The bar above a notebook. Screen readers announce a text that appears in an element that's there already. */
  class Notice {
    constructor(panel, lumino, actions) {
      Object.assign(this, {panel, actions});
      this.widget = new lumino.Widget();
      this.widget.addClass('course-restart-notice');
      this.text = this.widget.node.appendChild(document.createElement('span'));
      this.text.setAttribute('role', 'status');
      this.button = this.widget.node.appendChild(document.createElement('button'));
      this.button.className = 'jp-Button jp-mod-styled jp-mod-accept';
      this.button.onclick = () => this.run();
      new ResizeObserver(() => this.fit()).observe(this.widget.node);
      this.hide();
      panel.contentHeader.addWidget(this.widget);
    }

    show() {
      const {widgets} = this.panel.content;
      this.isExercise = widgets.some(cell => OF_EXERCISE.test(cell.model.sharedModel.source));
      this.button.textContent = this.isExercise ? RUN_FIRST : RUN_ABOVE;
      this.widget.show();
      this.text.textContent = TEXT;
      this.fit();
    }

    /* JupyterLab gives a widget the height that its style asks for, and in a narrow window the notice has more lines. */
    fit() {
      const height = `${Math.max(...[this.text, this.button].map(part => part.offsetTop + part.offsetHeight)) + 8}px`;
      if (this.widget.isHidden || this.widget.node.style.minHeight === height) return;
      this.widget.node.style.minHeight = height;
      this.panel.contentHeader.fit();
    }

    hide() {
      this.text.textContent = '';
      this.widget.hide();
    }

    async run() {
      const {content: notebook, sessionContext} = this.panel;
      const first = firstCode(notebook);
      const here = notebook.activeCellIndex > first ? notebook.activeCellIndex : stoppedAt(notebook) || first + 1;
      this.hide();
      notebook.deselectAll();
      if (this.isExercise) {
        notebook.activeCellIndex = first;
        await this.actions.run(notebook, sessionContext);
      } else {
        notebook.activeCellIndex = here;
        await this.actions.runAllAbove(notebook, sessionContext);
      }
      go(notebook, here);
      notebook.activate();
    }
  }

  function go(notebook, index) {
    notebook.activeCellIndex = index;
    return notebook.scrollToItem(index, 'center', 0).catch(() => {});
  }

  async function follow(panel, lumino, actions) {
    await panel.revealed;
    if (!isOfCourse(panel)) return;
    const {content: notebook, sessionContext} = panel;
    const notice = new Notice(panel, lumino, actions);
    const step = stoppedAt(notebook);
    const hasRun = notebook.widgets.some(cell => isCode(cell) && cell.model.executionCount !== null);
    const goToStep = step && notebook.activeCellIndex === 0 ? () => go(notebook, step) : () => {};  // or a link led to a cell
    goToStep();
    actions.executionScheduled.connect((_, {notebook: of, cell}) => {
      const imports = OF_EXERCISE.test(cell.model.sharedModel.source);  // as each check does, too
      if (of === notebook && (imports || notebook.widgets.indexOf(cell) === firstCode(notebook))) notice.hide();
    });
    sessionContext.statusChanged.connect((_, status) => {
      if (/restarting/.test(status)) notice.show();
    });
    await sessionContext.ready;
    const {kernel} = sessionContext.session ?? {};
    if (hasRun && kernel && await isNew(kernel)) notice.show();
    if (notebook.activeCellIndex === step) goToStep();  // once more: the cells above have their real heights now
  }

  const STYLE = `.course-restart-notice { display: flex; flex-wrap: wrap; align-items: center; align-content: flex-start;
    gap: 4px 12px; padding: 8px 12px; font-size: var(--jp-ui-font-size1); color: var(--jp-ui-font-color0);
    background: var(--jp-layout-color2); border-left: 4px solid var(--jp-warn-color1); }
    .course-restart-notice.lm-mod-hidden { display: none; }`;

  async function plugins() {
    const shared = async name => (await Object.values(share[name])[0].get())();
    const [notebook, lumino] = await Promise.all(['@jupyterlab/notebook', '@lumino/widgets'].map(shared));
    return [{
      id: 'restart-notice:follow',
      optional: [notebook.INotebookTracker],  // Notebook 7 has pages without notebooks
      autoStart: true,
      activate: (app, notebooks) => {
        if (!notebooks) return;
        document.head.appendChild(document.createElement('style')).textContent = STYLE;
        const each = panel => follow(panel, lumino, notebook.NotebookActions);
        notebooks.forEach(each);
        notebooks.widgetAdded.connect((_, panel) => each(panel));
      }
    }];
  }

  (window._JUPYTERLAB ??= {})['restart-notice'] = {
    init: scope => { share = scope; },
    get: async () => { const found = await plugins(); return () => ({__esModule: true, default: found}); }
  };
})();
