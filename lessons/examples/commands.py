# commands.py
import logging, sys
from registry import command

log = logging.getLogger('commands')
log.addHandler(logging.StreamHandler(sys.stdout))

@command
def open_shop():
    log.warning('the shop is open')

@command
def close_shop():
    log.warning('the shop is closed')
