-- Runs once, in an empty PostgreSQL: two databases, each with an owner of its own who cannot see the other.
\set ON_ERROR_STOP on
\set airflow `cat /run/secrets/airflow_database_password`
\set kuula `cat /run/secrets/kuula_database_password`
CREATE ROLE airflow LOGIN PASSWORD :'airflow';
CREATE ROLE kuula LOGIN PASSWORD :'kuula';
CREATE DATABASE airflow OWNER airflow TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE kuula OWNER kuula TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE airflow, kuula FROM PUBLIC;
