# soup.py
print('reading soup.py')

KIND = 'leek'
