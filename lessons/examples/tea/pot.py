# tea/pot.py

TEA = 'weak tea'

def brew():
    return TEA
