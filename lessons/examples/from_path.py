# from_path.py
import sys
from importlib.util import module_from_spec, spec_from_file_location

spec = spec_from_file_location('eggs', 'spam.py')
eggs = sys.modules['eggs'] = module_from_spec(spec)
spec.loader.exec_module(eggs)
