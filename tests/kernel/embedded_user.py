"""A user of the bundled server in a process of its own: starts it, says so, leaves at end of input.

Run as `python embedded_user.py FOLDER [durable]`, kernel/ being on the PYTHONPATH.
"""

import json
import sys
from pathlib import Path

from kernel import embedded

settings = embedded.DURABLE if "durable" in sys.argv[2:] else embedded.DISPOSABLE
cluster = embedded.start(Path(sys.argv[1]), settings=settings)
answer = {"app_url": cluster.app_url, "owner_url": cluster.owner_url, "remark": cluster.remark}
sys.stdout.write(json.dumps(answer) + "\n")
sys.stdout.flush()
sys.stdin.read()
