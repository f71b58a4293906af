// Compiles. Each of the other files of this folder changes one thing, which makes it fail.
#include "environment.hpp"

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Correct>();
