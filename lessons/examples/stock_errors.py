# stock_errors.py

class SoldOut(Exception):
    pass
