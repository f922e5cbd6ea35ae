# clerk.py
import ledger

def sell(price):
    ledger.sales.append(price)
    return 'version 1, sum ' + str(sum(ledger.sales))
