# Sources in groups: a group is compiled as one file that includes its members, so that what they share (pybind11, the
# standard library, the headers of an environment) is parsed and compiled once a group. Names that a source keeps to
# itself, in an unnamed namespace, must therefore differ from those of the others in its group.

# Compiles the named sources of a target as one.
function(plyo_unity_group target group)
  if(PLYO_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    set_source_files_properties(${ARGN} PROPERTIES UNITY_GROUP ${group})
  endif()
endfunction()

# Compiles the sources of a target so many at a time, in their order.
function(plyo_unity_batches target size)
  if(PLYO_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE BATCH UNITY_BUILD_BATCH_SIZE ${size})
  endif()
endfunction()
