// What XLA calls: the functions that compiled programs step and reset a batch with.
#pragma once

#include "ffi_abi.hpp"

namespace plyo::xla {

// Arguments: handle, one array a leaf of the action. Results: handle, observations, rewards, terminated, truncated, the
// returns and lengths of the episodes that ended (0 for other lanes), infos; then, of a batch that resets in the same
// step, the next observations, which are the last ones of the episodes that ended.
Error* step_batch(CallFrame* frame);

// Arguments: handle, a flag for each lane, and perhaps a seed for lane 0, the next for lane 1 and so on, or a seed for each
// lane. Results: handle, the observations of all lanes, infos.
Error* reset_batch(CallFrame* frame);

// Arguments: handle. Results: handle, the steps since the last reset of each lane, -1 where it was never reset.
Error* ask_elapsed_steps(CallFrame* frame);

}  // namespace plyo::xla
