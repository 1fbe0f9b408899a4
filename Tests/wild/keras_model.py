"""Converts a Keras model: keras_model.py MODEL.h5 NETWORK.onnx"""

import os
import sys

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}

import tensorflow as tf  # noqa: E402
import tf2onnx  # noqa: E402

model = tf.keras.models.load_model(sys.argv[1], compile=False)
signature = (tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="image"),)
infer = tf.function(lambda image: model(image, training=False), input_signature=signature)
tf2onnx.convert.from_function(infer, input_signature=signature, opset=17, output_path=sys.argv[2])
