// A car in a valley.
#pragma once

#include "envs/classic_control/mountain_car.hpp"
#include "scenes/classic_control/shared/hill.hpp"

namespace PLYO_ENVS {

struct MountainCarScene : scenes::HillScene<MountainCar> {};

}  // namespace PLYO_ENVS
