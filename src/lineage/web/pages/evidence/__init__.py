"""The pages about what is proven, decided, released, erased and shown to whom."""
