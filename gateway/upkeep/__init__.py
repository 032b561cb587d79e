"""What an operator does with the data: the same commands inside a running gateway and, where none runs, on its own."""
