// A number line and the last guess's hint.
#pragma once

#include "envs/retired/hotter_colder.hpp"
#include "scenes/retired/shared/number_line.hpp"

namespace PLYO_ENVS {

struct HotterColderScene : NumberLineScene<HotterColder> {};

}  // namespace PLYO_ENVS
