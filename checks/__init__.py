"""What `make check` looks at beyond style and types."""
