# cook.py
import spam

def serve():
    spam.grok()
