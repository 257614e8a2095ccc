"""The generator: Kafka's official message definitions in, the declarations of structs/messages out.

It is a tool of the project, never imported at run time and not in the wheel: `python -m structs.upstream --help`.
"""
