"""Configuration of the web server of `make run`: its code is loaded once, before it divides.

Loading needs nothing of the database, so it happens while that is still starting; the processes
that serve then share what was loaded.
"""

import gc

import wsgi
from demo import gate

assert wsgi.create_app  # named on the command line; imported here
gc.freeze()  # else the first collection copies what is shared
gate.wait()
