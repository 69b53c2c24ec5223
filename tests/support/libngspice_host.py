"""Runs a circuit in libngspice as KiCad does, which reads the user's start-up file, and prints what a command says.

    python3 libngspice_host.py NETLIST COMMAND
"""

import ctypes
import sys

library = ctypes.CDLL("libngspice.so.0")
Text = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)
Exit = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_bool, ctypes.c_bool, ctypes.c_int, ctypes.c_void_p)


@Text
def said(text, _instance, _user):
    print(text.decode(errors="replace").partition(" ")[2])
    return 0


@Text
def status(_text, _instance, _user):
    return 0


@Exit
def ended(_status, _at_once, _quit, _instance, _user):
    return 0


netlist, command = sys.argv[1:]
with open(netlist) as file:
    lines = [line.rstrip("\n").encode() for line in file]
library.ngSpice_Init(said, status, ended, None, None, None, None)
circuit = (ctypes.c_char_p * (len(lines) + 1))(*lines, None)
failed = library.ngSpice_Circ(circuit) or library.ngSpice_Command(b"run")
library.ngSpice_Command(command.encode())
sys.exit(1 if failed else 0)
