// A car in a valley.
#pragma once

#include "envs/classic_control/mountain_car_continuous.hpp"
#include "scenes/classic_control/shared/hill.hpp"

namespace PLYO_ENVS {

struct MountainCarContinuousScene : scenes::HillScene<MountainCarContinuous> {};

}  // namespace PLYO_ENVS
