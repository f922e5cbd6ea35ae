"""Training: which drill a learner gets next, how it's shown and answered, and which facts are mastered.

    topics     the words for groups of facts, and what a learner asks to be drilled on
    mastery    remembers the answers about each fact, and says when it comes back
    trainer    chooses the next drill's facts and level
    answers    reads answers, letters or words, and judges them
    text       shows drills and results as plain text
    boxes      shows them in a notebook
    sitting    the drills in one notebook
    keys       reads one key from a terminal, or a line where there's none
    command    `python3 -m exercises drill`
"""
