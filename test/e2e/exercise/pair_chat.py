#!/usr/bin/env python3
"""The exercise, first stage: PAIR. Written as the pyzmq tutorial teaches it; it knows nothing of
fika.

    pair_chat.py --bind PORT            one socket, both ways
    pair_chat.py --connect [HOST:]PORT  one socket, both ways
    pair_chat.py --bind PORT --connect [HOST:]PORT
                                        sends on the bound one, listens on the connected one

What is typed goes to the other side; "\\quit" or the end of input leaves. Of the two threads, one
owns the sockets; the keyboard's hands its lines over by a queue, for sockets are not shared.
"""

import argparse
import queue
import sys
import threading

import zmq


def keyboard(lines):
    for line in sys.stdin:
        lines.put(line.rstrip("\n"))
    lines.put("\\quit")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bind", type=int)
    parser.add_argument("--connect")
    options = parser.parse_args()

    context = zmq.Context()
    sender = receiver = None
    if options.bind:
        sender = receiver = context.socket(zmq.PAIR)
        sender.bind(f"tcp://*:{options.bind}")
    if options.connect:
        peer = options.connect if ":" in options.connect else "localhost:" + options.connect
        receiver = context.socket(zmq.PAIR)
        receiver.connect(f"tcp://{peer}")
        sender = sender or receiver

    lines = queue.Queue()
    threading.Thread(target=keyboard, args=(lines,), daemon=True).start()
    while True:
        if receiver.poll(20):
            print(receiver.recv_string(), flush=True)
        try:
            text = lines.get_nowait()
        except queue.Empty:
            continue
        if text == "\\quit":
            break
        try:
            sender.send_string(text, zmq.NOBLOCK)
        except zmq.Again:
            print("(nobody is there)", flush=True)

    for socket in {sender, receiver}:
        socket.close(linger=500)
    context.term()


if __name__ == "__main__":
    main()
