# kitchen.py
import threading
import restaurant

def goodbye():
    return 'old goodbye'

def work():
    restaurant.closing.wait()
    restaurant.log.append('old cook, ' + goodbye())

cook = threading.Thread(target=work, daemon=True)
restaurant.cooks.append(cook)
cook.start()
