"""What autodiff costs here: ``python -m benchmarks`` measures it, beside others."""
