# backup/spam.py

def bar():
    print('bar from the backup')

def grok():
    print('grok from the backup')
