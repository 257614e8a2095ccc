"""Coverage-guided fuzzing of every layer, from capture files to payloads: `make fuzz`.

A layer (`fuzz.layers`) is a module with two functions: `seeds` yields inputs made of the sample captures, and `check`
takes any bytes and raises where an invariant does not hold. What the invariants are, each module says. Nothing here
needs atheris but `fuzz.one`; tests hold every layer to its seeds, and to damaged ones.
"""
