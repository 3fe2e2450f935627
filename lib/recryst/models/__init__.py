"""Networks in Keras: one module per paper. Only `keras` and `keras.ops`, so each runs on TensorFlow, JAX and PyTorch."""
