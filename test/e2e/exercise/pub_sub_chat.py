#!/usr/bin/env python3
"""The exercise, second stage: PUBLISH/SUBSCRIBE, so that more than two can take part, with channels
made of subscription filters. Written as the pyzmq tutorial teaches it; it knows nothing of fika.

    pub_sub_chat.py PORT NICK [--channel #NAME]... [PEER]...

Binds a PUB socket at tcp://*:PORT and connects a SUB socket to each PEER ("port" on localhost, or
"host:port"). What is typed goes to the first channel; "\\channel #NAME" changes it; "\\quit" or the
end of input leaves. Two threads that share no socket: one reads the keyboard, one the network.
"""

import argparse
import sys
import threading

import zmq


def listen(context, peers, channels, stop):
    socket = context.socket(zmq.SUB)
    for peer in peers:
        socket.connect(f"tcp://{peer if ':' in peer else 'localhost:' + peer}")
    for channel in channels:
        socket.setsockopt_string(zmq.SUBSCRIBE, channel)
    while not stop.is_set():
        if socket.poll(50):
            print(socket.recv_string(), flush=True)
    socket.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("nick")
    parser.add_argument("peers", nargs="*")
    parser.add_argument("--channel", action="append", default=[])
    options = parser.parse_intermixed_args()
    channels = options.channel or ["#fika"]

    context = zmq.Context()
    publisher = context.socket(zmq.PUB)
    publisher.bind(f"tcp://*:{options.port}")

    stop = threading.Event()
    listener = threading.Thread(target=listen, args=(context, options.peers, channels, stop))
    listener.start()

    channel = channels[0]
    for line in sys.stdin:
        text = line.rstrip("\n")
        if text == "\\quit":
            break
        if text.startswith("\\channel "):
            channel = text.split(" ", 1)[1]
        else:
            publisher.send_string(f"{channel} <{options.nick}>: {text}")

    stop.set()
    listener.join()
    publisher.close(linger=500)
    context.term()


if __name__ == "__main__":
    main()
