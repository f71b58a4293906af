// Compiles: what the other files of this folder get wrong is the one thing that each changes.
#include "environment.hpp"

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Correct>();
