// Iterators over the elements of batches.
#pragma once

#include <Python.h>

namespace plyo::bindings {

// Makes the classes of the iterators, once.
void make_iterator_types();

// Over the rows of a contiguous array: views of it, or scalars. Null without an exception for any other
// object.
PyObject* make_row_iterator(PyObject* array);

// Over dictionaries with an element of each part of `spaces`, a dictionary, from the batches that `items` has
// by the same keys. The parts are iterated over from the first step on, as a generator does it.
PyObject* make_dict_iterator(PyObject* spaces, PyObject* items);

// Over tuples with an element of each part of `spaces`, a tuple, from the batches that `items` has. Null
// without an exception if nothing is registered for the class of a part.
PyObject* make_tuple_iterator(PyObject* spaces, PyObject* items);

}  // namespace plyo::bindings
