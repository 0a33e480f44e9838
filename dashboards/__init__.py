"""The pages: who looks, what they see, and what they can do. One FastAPI application, alone or inside Airflow."""
