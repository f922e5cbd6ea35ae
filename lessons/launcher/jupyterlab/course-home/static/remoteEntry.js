/* A JupyterLab extension, written by hand in the form that JupyterLab loads, so there's nothing to build.

It shows the tab "Course": the lessons by part, their exercises, what you've done, and one button to continue. A button
in each notebook's toolbar opens it, as do the launcher, the View menu and the command palette. Notebooks are read only
while the tab can be seen, and a notebook that hasn't changed is read once. */
(() => {
  'use strict';
  const SHOW = 'course-home:show';
  const PROGRESS = '.progress.json'; // in exercises/: what the checks remember (exercises/progress/store.py)
  const DRILLS = '.progress-drills.json'; // beside it: what drills remember (exercises/training/mastery.py)
  const PARTS = 'course-home:parts'; // serve.py stores it in the workspace: number of a part's first lesson -> part
  const PAUSE = 300; // milliseconds, so that "Run All" is one change and not twenty
  const CAPTION = "All lessons and exercises, what you've done, and where to continue";
  const ADVICE = 'Each lesson is a notebook: you predict what Python does, run it, and see why.';
  const NO_LESSONS = 'There are no lessons in this folder. To open the course, stop JupyterLab and type, in the ' +
    "course's folder: python3 -m lessons";
  const DAMAGED = "this notebook can't be read";
  const STYLE = `
    .rc-Course {overflow: auto; background: var(--jp-layout-color1); color: var(--jp-content-font-color1);
      font: var(--jp-content-font-size1)/1.5 var(--jp-content-font-family); --done: #176b2c}
    [data-jp-theme-light="false"] .rc-Course {--done: #7fd694}
    .rc-Course:focus {outline: none}
    .rc-Course-page {max-width: 44rem; margin: 0 auto; padding: 16px; overflow-wrap: anywhere}
    .rc-Course h1 {font-size: 1.6em; line-height: 1.2; margin: 0 0 .5em}
    .rc-Course h2 {font-size: 1.15em; margin: 1.6em 0 .4em}
    .rc-Course p {margin: .5em 0}
    .rc-Course ul {list-style: none; margin: 0; padding: 0}
    .rc-Course li {padding: .45em 0; border-top: 1px solid var(--jp-border-color1)}
    .rc-Course a {color: var(--jp-content-link-color); text-decoration: underline}
    .rc-Course a.rc-Course-go {display: inline-block; padding: .45em 1em; border: 2px solid; border-radius: 4px;
      font-weight: 600; text-decoration: none}
    .rc-Course a:focus-visible {outline: 2px solid; outline-offset: 2px}
    .rc-Course code {font-family: var(--jp-code-font-family); font-size: .95em; background: none; padding: 0}
    .rc-Course-more {font-size: .93em}
    .rc-Course-more > * {white-space: nowrap}
    .rc-Course-done {color: var(--done); font-weight: 600}`;
  let share = null;

  const joined = text => [].concat(text ?? '').join(''); // a notebook may store its text as a list of lines
  const plain = title => title.replaceAll('`', '');
  const isPassed = ({outputs}) => outputs.some(({data}) => joined(data?.['text/plain']).startsWith('PASSED:'));

  /* How many of a notebook's tasks have passed. What the checks remember counts, and the checks' outputs only where that
  can't be read. */
  function countPassed({tasks = [], saysPassed}, progress) {
    return progress ? tasks.filter(name => progress[name]?.state === 'PASSED').length : saysPassed;
  }

  /* What the page says about drills; '' before the first one. */
  function drillsDone(memory) {
    const done = memory?.drills?.done;
    if (!Number.isInteger(done) || done < 1) return '';
    const mastered = Object.values(memory).filter(fact => fact?.mastered === true).length;
    return `${counted(done, 'drill')} done, ${counted(mastered, 'fact')} mastered.`;
  }

  /* What the page shows of a notebook. */
  function summary({cells}) {
    const introduction = joined(cells[0]?.source);
    const codes = cells.filter(cell => cell.cell_type === 'code' && joined(cell.source));
    const checks = codes.filter(({id}) => /^check-/.test(id));
    return {
      title: introduction.split('\n')[0].replace(/^#\s*/, ''),
      minutes: /\*(\d+) minutes\.\*/.exec(introduction)?.[1],
      cells: codes.length,
      run: codes.filter(cell => cell.execution_count).length,
      tasks: checks.map(({id}) => id.replace('check-', '')),
      saysPassed: checks.filter(isPassed).length
    };
  }

  /* Reads the notebooks of the course: from the disk, or from their tabs, where they may be newer. */
  class Course {
    constructor(contents, notebooks, state) {
      Object.assign(this, {contents, notebooks, state, known: new Map()}); // path -> what was read from the disk
    }

    async read() {
      const isCopied = (await this.list('')).some(({name, type}) => name === 'work' && type === 'directory'); // Binder
      const top = isCopied ? 'work/' : '';
      const remembered = name => this.progress(`${top}exercises/${name}`);
      const [lessons, exercises, progress, drills, parts] = await Promise.all([this.summaries(`${top}lessons`),
        this.summaries(`${top}exercises`), remembered(PROGRESS), remembered(DRILLS), this.state?.fetch(PARTS)]);
      for (const found of exercises) found.passed = countPassed(found, progress);
      for (const lesson of lessons) lesson.exercises = exercises.find(({name}) => name === lesson.name);
      return {lessons, parts: parts ?? {}, drills: drillsDone(drills)};
    }

    async progress(path) {
      try {
        return JSON.parse((await this.contents.get(path, {type: 'file', format: 'text', content: true})).content);
      } catch {
        return null; // no check has run, or the file is damaged, or another server hides it
      }
    }

    async list(folder) {
      try {
        return (await this.contents.get(folder, {content: true})).content;
      } catch (error) {
        if (error.response?.status === 404) return [];
        throw error;
      }
    }

    async summaries(folder) {
      const listed = (await this.list(folder)).filter(({name}) => /^\d\d_.*\.ipynb$/.test(name));
      return Promise.all(listed.sort((one, other) => one.name < other.name ? -1 : 1).map(item => this.summary(item)));
    }

    async summary({path, name, last_modified}) {
      const {context} = this.notebooks.find(({context}) => context.path === path && context.isReady) ?? {};
      const when = Date.parse(last_modified);
      const found = {path, name, when: context?.model.dirty ? Date.now() : when};
      if (context) return {...found, ...summary(context.model.toJSON())};
      if (this.known.get(path)?.when !== when)
        this.known.set(path, {...found, ...await this.stored(path, name)});
      return {...this.known.get(path)};
    }

    async stored(path, name) {
      try {
        return summary((await this.contents.get(path, {type: 'notebook', content: true})).content);
      } catch (error) {
        if (!error.response) throw error; // there's no connection to the server
        return {title: name, isDamaged: true};
      }
    }
  }

  const isDone = ({cells, run}) => run > 0 && run === cells;

  /* What the button opens: the lesson worked in last, or the next one that isn't done. */
  function following(lessons) {
    const when = lesson => lesson.run ? lesson.when : 0;
    const last = lessons.reduce((one, other) => when(other) > when(one) ? other : one);
    if (!when(last)) return {words: 'Start', lesson: last};
    if (!isDone(last)) return {words: 'Continue', lesson: last};
    const next = [...lessons.slice(lessons.indexOf(last)), ...lessons].find(lesson => !isDone(lesson));
    return next ? {words: 'Continue', lesson: next} : {words: 'Read again', lesson: last};
  }

  function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  /* A title with what is between backticks as code. */
  function marked(title) {
    return title.split('`').map((text, index) => index % 2 ? element('code', {textContent: text}) : text);
  }

  const counted = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`;

  function state(words, isDone) {
    return words && element('span', isDone ? {className: 'rc-Course-done'} : {}, isDone ? `\u2713 ${words}` : words);
  }

  function lessonState(lesson) {
    const {cells, run, isDamaged} = lesson;
    if (isDamaged) return DAMAGED;
    return isDone(lesson) ? state('done', true) : run && state(`${run} of ${cells} cells run`);
  }

  function exercisesState({tasks, passed, isDamaged}) {
    if (isDamaged) return DAMAGED;
    return passed && state(`${passed} of ${tasks.length} passed`, passed === tasks.length);
  }

  /* The page as elements. `link` makes a link to a notebook. */
  function page({lessons, parts, drills}, link) {
    if (!lessons.length) return [element('p', {textContent: NO_LESSONS})];
    const {words, lesson} = following(lessons);
    const inAll = count => lessons.reduce((sum, {exercises}) => sum + (count(exercises ?? {}) ?? 0), 0);
    const summed = `${lessons.filter(isDone).length} of ${counted(lessons.length, 'lesson')} done, ` +
      `${inAll(({passed}) => passed)} of ${counted(inAll(({tasks}) => tasks?.length), 'exercise')} passed. ${drills}`;
    const made = [
      element('p', {textContent: ADVICE}),
      element('p', {}, link(lesson, [`${words}: ${plain(lesson.title)}`], {className: 'rc-Course-go'})),
      element('p', {textContent: summed})];
    for (const lesson of lessons) {
      const part = parts[Number(lesson.name.slice(0, 2))] ?? (lesson === lessons[0] ? 'Lessons' : null);
      if (part) made.push(element('h2', {textContent: part}), element('ul'));
      made.at(-1).append(row(lesson, link));
    }
    return made;
  }

  function row(lesson, link) {
    const {exercises} = lesson;
    const number = lesson.name.slice(0, 2);
    const more = [lesson.minutes && `${lesson.minutes} minutes`, lessonState(lesson)];
    if (exercises) {
      const words = exercises.isDamaged ? 'exercises' : counted(exercises.tasks.length, 'exercise');
      more.push(link(exercises, [words], {ariaLabel: `${words} of lesson ${number}`}), exercisesState(exercises));
    }
    const shown = more.filter(Boolean).flatMap((one, index) => index ? [' \u00B7 ', one] : [one]);
    return element('li', {}, link(lesson, marked(lesson.title)),
      element('div', {className: 'rc-Course-more'}, ...shown));
  }

  function makeHome(Widget, course, open, address) {
    return new class extends Widget {
      constructor() {
        super();
        this.id = 'reload-course-home';
        this.addClass('rc-Course');
        Object.assign(this.title, {label: 'Course', closable: true, caption: CAPTION});
        this.node.tabIndex = -1;
        this.status = element('p', {textContent: 'Reading your notebooks ...'});
        this.status.setAttribute('role', 'status');
        this.body = element('div');
        this.node.append(element('div', {className: 'rc-Course-page'},
          element('h1', {textContent: 'Reloading Python modules'}), this.status, this.body));
      }

      onAfterAttach() { this.refresh(); }

      onAfterShow() { this.refresh(); }

      onActivateRequest() { (this.node.querySelector('.rc-Course-go') ?? this.node).focus({preventScroll: true}); }

      /* Read the notebooks and show them. If this is called again meanwhile, only the last call shows something. */
      async refresh() {
        if (!this.isVisible) return;
        const turn = this.turn = {};
        try {
          const found = await course.read();
          if (turn === this.turn && !this.isDisposed) this.draw(found);
        } catch (error) {
          this.status.textContent = `The lessons can't be read: ${error.message} Is JupyterLab still running?`;
        }
      }

      draw(found) {
        this.status.textContent = '';
        const shown = JSON.stringify(found);
        if (shown === this.shown) return;
        this.shown = shown;
        const focused = [...this.body.querySelectorAll('a')].indexOf(document.activeElement);
        this.body.replaceChildren(...page(found, (...link) => this.link(...link)));
        if (focused >= 0) this.body.querySelectorAll('a')[focused]?.focus({preventScroll: true});
        else if (document.activeElement === this.node) this.activate();
      }

      link({path}, children, properties = {}) {
        const made = element('a', {href: address(path), ...properties}, ...children);
        made.addEventListener('click', event => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab of the browser, as usual
          event.preventDefault();
          open(path);
        });
        return made;
      }
    }();
  }

  function start(app, shell, notebooks, {state, palette, menu, launcher}, {actions, Widget, ui, PageConfig}) {
    const course = new Course(app.serviceManager.contents, notebooks, state);
    const open = path => app.commands.execute('docmanager:open', {path});
    const address = path => `${PageConfig.getBaseUrl()}lab/tree/${path.split('/').map(encodeURIComponent).join('/')}`;
    let home = null, timer = null;
    document.head.append(element('style', {textContent: STYLE}));

    app.commands.addCommand(SHOW, {
      label: ({isLauncher}) => isLauncher ? 'Lessons and exercises' : 'Show Course',
      caption: CAPTION,
      icon: ui.listIcon,
      execute: () => {
        if (!home || home.isDisposed) {
          home = makeHome(Widget, course, open, address);
          shell.add(home, 'main', {activate: false, mode: 'tab-after', ref: notebooks.currentWidget?.id});
        }
        shell.activateById(home.id);
      }
    });
    palette?.addItem({command: SHOW, category: 'Course'});
    menu?.viewMenu.addGroup([{command: SHOW}], 3);
    launcher?.add({command: SHOW, category: 'Other', rank: -1, args: {isLauncher: true}}); // the first below kernels

    const addButton = async panel => {
      await panel.revealed; // by then JupyterLab has filled the toolbar
      const show = () => app.commands.execute(SHOW);
      const button = new ui.ToolbarButton({label: 'Course', tooltip: CAPTION, onClick: show});
      panel.toolbar.insertBefore('spacer', 'course', button) || panel.toolbar.addItem('course', button);
    };
    notebooks.forEach(addButton);
    notebooks.widgetAdded.connect((_, panel) => addButton(panel));
    actions.executed.connect(() => {
      clearTimeout(timer);
      timer = setTimeout(() => home?.refresh(), PAUSE);
    });
  }

  async function plugins() {
    const of = async name => (await Object.values(share[name])[0].get())();
    const [application, notebook, apputils, mainmenu, launcher, statedb, ui, coreutils, widgets] = await Promise.all([
      '@jupyterlab/application', '@jupyterlab/notebook', '@jupyterlab/apputils', '@jupyterlab/mainmenu',
      '@jupyterlab/launcher', '@jupyterlab/statedb', '@jupyterlab/ui-components', '@jupyterlab/coreutils',
      '@lumino/widgets'].map(of));
    return [{
      id: 'course-home:show',
      optional: [application.ILabShell, notebook.INotebookTracker, statedb.IStateDB, apputils.ICommandPalette,
                 mainmenu.IMainMenu, launcher.ILauncher],
      autoStart: true,
      activate: (app, shell, notebooks, state, palette, menu, launcher) => {
        if (!shell || !notebooks) return; // in Notebook 7
        start(app, shell, notebooks, {state, palette, menu, launcher},
          {actions: notebook.NotebookActions, Widget: widgets.Widget, ui, PageConfig: coreutils.PageConfig});
      }
    }];
  }

  (window._JUPYTERLAB ??= {})['course-home'] = {
    init: scope => { share = scope; },
    get: async () => { const found = await plugins(); return () => ({__esModule: true, default: found}); }
  };
})();
