"""Runs one device of an OSDI library through osdi-py and prints what it says, a line for each thing.

usage: osdi_py_host.py LIBRARY FLAGS X... -- NAME=VALUE...

X are the potentials by node, FLAGS the sum of the interface's flags. Numbers are printed as hexadecimal
floats, so that nothing is lost.
"""

import sys

import osdi_py

library, flags, rest = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
split = rest.index("--")
x = [float(text) for text in rest[:split]]
given = dict(text.split("=", 1) for text in rest[split + 1 :])

device = osdi_py.OsdiLibrary(library)
print("name", device.name)
print("nodes", *device.get_nodes())
model = device.create_model()
ids = {p["name"]: (i, p["type"]) for i, p in enumerate(device.get_params())}
for name, value in given.items():
    number, kind = ids[name]
    if kind == "str":
        model.set_str_param(number, value)
    else:
        model.set_real_param(number, float(value))
try:
    model.process_params()
    instance = model.create_instance()
    instance.process_params(300.15, device.num_terminals)
except RuntimeError as error:
    print("refused", str(error).strip())
    sys.exit()
instance.init_node_mapping([0, 1])
instance.eval(x, flags, 0.0)
zeros = [0.0] * device.num_nodes


def show(name, values):
    print(name, *(value.hex() for value in values))


show("f", instance.load_residual_resist(zeros))
show("q", instance.load_residual_react(zeros))
# The package calls the equation "col" and the unknown "row".
entries = device.get_jacobian_entries()
print("entries", *(f"{e['col']},{e['row']}" for e in entries if e["has_resist"]))
show("g", instance.write_jacobian_array_resist())
print("reactive", *(f"{e['col']},{e['row']}" for e in entries if e["has_react"]))
show("c", instance.write_jacobian_array_react())
