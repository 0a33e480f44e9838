"""What the DAGs declare with and what their tasks do: the only package of the house that knows Airflow.

``policy`` has what a DAG file needs while it is read, and imports next to nothing: each file is read every few seconds.
``steps`` has what a task does when it runs, and imports the house. ``prepare`` sets Airflow up.
"""
