/* An extension of JupyterLab, Notebook 7 and the browser edition, written by hand in the form that they load, so
there's nothing to build.

After Shift+Enter the next cell is selected, but its text has no cursor yet. In that state JupyterLab takes each letter
for a command: "b" adds a cell, "r" and "m" change what the cell is, "dd" deletes it. A learner who types a prediction
then would wreck the notebook. So in the course's notebooks letters are never commands. What's typed goes into the
prediction's cell, behind the first question that's still open. In any other cell a notice says what to do. */
(() => {
  'use strict';
  const PREDICTION = /^(%%predict|1\. )/;  // the second: the learner has deleted the first line
  const OPEN_QUESTION = /^\d\. .*:\s*$/;
  const NOTICE = 'To type, click into a cell first.';
  const OF_COURSE = /^%%predict|^from (workbench|practice) import/m;
  const source = cell => cell.model.sharedModel.source;
  const isOfCourse = panel => /(^|\/)\d\d_[^/]*\.ipynb$/.test(panel.context.path) &&
    panel.content.widgets.some(cell => OF_COURSE.test(source(cell)));  // other notebooks may have such names, too
  const isPrediction = cell => cell?.model.type === 'code' && PREDICTION.test(source(cell));
  let share = null;

  /* The index of the cell that a learner means who types now: the prediction that's selected, or that the selected
  question is about; -1 if there's none. */
  function meant({activeCellIndex: index, widgets}) {
    if (isPrediction(widgets[index])) return index;
    return widgets[index]?.model.type === 'markdown' && isPrediction(widgets[index + 1]) ? index + 1 : -1;
  }

  /* Put the cursor behind the first open question below a line, with a space after the colon. False if there's none. */
  function goToOpenQuestion(cell, after = -1) {
    const lines = source(cell).split('\n');
    const line = lines.findIndex((text, number) => number > after && OPEN_QUESTION.test(text));
    if (line < 0) return false;
    cell.editor.setCursorPosition({line, column: lines[line].length});
    if (lines[line].endsWith(':')) cell.editor.replaceSelection(' ');
    return true;
  }

  /* Select a prediction's cell, and write there. */
  function write(notebook, index) {
    notebook.activeCellIndex = index;
    notebook.mode = 'edit';
    const {editor} = notebook.activeCell;
    if (!goToOpenQuestion(notebook.activeCell)) {
      const line = editor.lineCount - 1;
      editor.setCursorPosition({line, column: editor.getLine(line).length});
    }
    editor.focus();
    return editor;
  }

  /* A prediction is text, so its "or" and "in" shouldn't look like Python's. */
  function showAsText(panel) {
    for (const cell of panel.content.widgets.filter(isPrediction)) cell.model.mimeType = 'text/plain';
  }

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  function guard(notebooks, notify) {
    const follow = panel => panel.sessionContext.statusChanged.connect(() => showAsText(panel));
    notebooks.forEach(follow);
    notebooks.widgetAdded.connect((_, panel) => follow(panel));
    window.addEventListener('keydown', event => {
      const notebook = notebooks.currentWidget?.content;
      const isLetter = event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (!notebook || !(isLetter || event.key === 'Enter') || event.isComposing) return;
      const cell = notebook.activeCell;
      const isPlainEnter = event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (isPlainEnter && isPrediction(cell) && cell.editor.hasFocus()) {
        if (goToOpenQuestion(cell, cell.editor.getCursorPosition().line)) stop(event);
        return;
      }
      const isWriting = event.target.isContentEditable || /^(input|textarea|select)$/i.test(event.target.tagName);
      if (isWriting || !notebook.node.contains(event.target) || !isOfCourse(notebooks.currentWidget)) return;
      const index = meant(notebook);
      if (!isLetter && !(isPlainEnter && isPrediction(cell))) return;
      stop(event);
      if (index < 0) return notify(NOTICE);
      const editor = write(notebook, index);
      if (isLetter) editor.replaceSelection(event.key);
    }, true);
  }

  async function plugins() {
    const of = async name => (await Object.values(share[`@jupyterlab/${name}`])[0].get())();
    const [notebook, apputils] = await Promise.all(['notebook', 'apputils'].map(of));
    let shown = null;
    const notify = text => {
      if (shown) apputils.Notification.dismiss(shown);
      shown = apputils.Notification.info(text, {autoClose: 4000});
    };
    return [{
      id: 'safe-typing:guard',
      optional: [notebook.INotebookTracker],  // Notebook 7 has pages without notebooks
      autoStart: true,
      activate: (app, notebooks) => { if (notebooks) guard(notebooks, notify); }
    }];
  }

  (window._JUPYTERLAB ??= {})['safe-typing'] = {
    init: scope => { share = scope; },
    get: async () => { const found = await plugins(); return () => ({__esModule: true, default: found}); }
  };
})();
