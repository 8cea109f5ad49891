# SPDX-License-Identifier: Apache-2.0
"""Free ports for servers that need a number; as a program, one for a shell script."""
import random
import socket

FIRST, END = 10000, 32768   # Linux gives clients those from 32768 on


def free_port(address="127.0.0.1"):
    """Free for TCP and UDP, and none that a client may get before the server has it."""
    while True:
        port = random.SystemRandom().randrange(FIRST, END)
        with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            try:
                stream.bind((address, port))
                datagram.bind((address, port))
                return port
            except OSError:
                pass


if __name__ == "__main__":
    print(free_port())
