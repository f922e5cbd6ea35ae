"""Exams of one's own: a variant of the same difficulty for each learner, and the grades of what they hand in.

    command   what `python3 -m exercises exam` and `grade PILE --exam exam.json` do
    roster    the list of the class, and who on it a submission belongs to
    variants  chooses the questions: nobody shares one, and everybody's are equally difficult
    editing   makes the editing tasks: the same kinds for everyone, with other files and details
    record    exam.json, which the teacher keeps: who has which variant, and the answers
    notebook  the notebook that a learner gets, without the answers
    answer_key  the answers of all variants, to print
    papers    what a learner wrote in it, however clumsily
    grading   whose variant a notebook is, and which answers are right
    report    the page of the class, and the page of a learner
"""
