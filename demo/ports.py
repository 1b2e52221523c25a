"""Which port of this machine is free?"""

import socket


def take(port: int) -> socket.socket:
    """Listen on this port of loopback, or on any other if it is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        return socket.create_server(("127.0.0.1", 0))


def free_near(port: int) -> int:
    """The port itself if it is free just now, or any other that is."""
    with take(port) as listener:
        return int(listener.getsockname()[1])
