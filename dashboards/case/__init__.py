"""What people do with one case, on the page of its incident: a module here and a template each.

A module here only draws its part. What its forms ask for is done by a module beside this folder that is called by the
act: ``answering`` by ``claiming``, ``handing`` and ``promising``, ``reply`` by ``replying``, ``conceding`` by
``deciding``, ``afterwards`` by ``learning``, ``signals`` by ``correcting``; ``playbook``, which has pages of its own
too, by the module of the same name.
"""
