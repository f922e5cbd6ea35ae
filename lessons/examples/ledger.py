# ledger.py

sales = []
