# tea/cup.py

def pour():
    return 'half a cup'
