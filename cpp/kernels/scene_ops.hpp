// The table of functions through which the engine has a task drawn without knowing it.
#pragma once

#include "../render/canvas.hpp"

namespace plyo {

namespace render {
class DisplayList;
class Raster;
}  // namespace render

// The drawing of one task: the size of its design, and the picture of a State. The layout of State and Params
// does not depend on the mathematics library, so one scene serves both builds. The functions change only the
// canvas.
struct SceneOps {
  render::Size (*size)(const void* params);
  void (*draw)(const void* params, const void* state, render::Raster& canvas);
  void (*list)(const void* params, const void* state, render::DisplayList& canvas);
};

}  // namespace plyo
