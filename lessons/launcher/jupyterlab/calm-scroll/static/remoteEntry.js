/* An extension of JupyterLab, Notebook 7 and the browser edition, written by hand in the form that they load, so
there's nothing to build.

After Shift+Enter, JupyterLab looks where the next cell is before the output appears. So the output pushes that cell below
the window, and the step after that jumps by 500 pixels. This extension scrolls once the output is there, just as far
that the next cells can be seen. What has just run always stays in sight. */
(() => {
  'use strict';
  const RENDERED = 150; // milliseconds until pictures and texts in an output have their size
  const MARGIN = 16; // pixels between the last cell that should be seen and the edge of the window
  let share = null;

  function follow(actions) {
    const isStill = window.matchMedia('(prefers-reduced-motion: reduce)');
    actions.executed.connect((_, {notebook, cell}) => setTimeout(() => {
      const {widgets, activeCellIndex, outerNode} = notebook;
      const after = activeCellIndex - widgets.indexOf(cell); // 1 after Shift+Enter, 0 after Ctrl+Enter
      if (notebook.isDisposed || !notebook.isVisible || after < 0 || after > 1) return;
      const window = outerNode.getBoundingClientRect();
      // One more, because JupyterLab jumps to a cell that's selected while it's out of sight.
      const last = (widgets[activeCellIndex + after] ?? widgets[activeCellIndex]).node.getBoundingClientRect();
      const missing = last.bottom + MARGIN - window.bottom;
      const room = cell.node.getBoundingClientRect().top - window.top;
      const top = Math.min(missing, room);
      if (top > 0 || room < 0) outerNode.scrollBy({top, behavior: isStill.matches ? 'auto' : 'smooth'});
    }, RENDERED));
  }

  async function plugins() {
    const notebook = await (await Object.values(share['@jupyterlab/notebook'])[0].get())();
    return [{id: 'calm-scroll:follow', autoStart: true, activate: () => follow(notebook.NotebookActions)}];
  }

  (window._JUPYTERLAB ??= {})['calm-scroll'] = {
    init: scope => { share = scope; },
    get: async () => { const found = await plugins(); return () => ({__esModule: true, default: found}); }
  };
})();
