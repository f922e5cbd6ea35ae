# plugins.py: the function `load` from lesson 10
from importlib.util import module_from_spec, spec_from_file_location

def load(path, name):
    spec = spec_from_file_location(name, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
