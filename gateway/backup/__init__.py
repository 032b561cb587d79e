"""A copy of everything a gateway holds, consistent while it works, and putting one back."""
