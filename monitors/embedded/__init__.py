"""``kuula embedded``, which ``make run`` starts: the whole system on this machine, Airflow and the pages included.

Everything it makes is in ``.kuula`` of the folder it is started in. Airflow's parts are started one by one rather than
by ``airflow standalone``: that one opens two log servers to the whole network, and leaves its children behind when it
is ended by SIGTERM.
"""
