// Compiles: what the other files of this folder get wrong is the one thing that each changes.
#include "environment.hpp"

constexpr plyo::OpsByIsa kOps = plyo::make_ops<PLYO_ENVS::Correct>();
