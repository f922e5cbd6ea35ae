# flour.py

KIND = 'old flour'
