# Finds the environments under cpp/envs and writes one source file for each and each mathematics library, one for
# the scene that draws it, and the table of tasks. Nothing else names an environment:
# cpp/envs/<family>/cart_pole.hpp must define the struct CartPole, and cpp/scenes/<family>/cart_pole.hpp, where there
# is one, the struct CartPoleScene. A header with versions of a task has a template of that name, and a line
# `using CartPoleV1 = ...;` for each of them, which is a task.

# Families whose steps are those of an outside library: one build serves both mathematics.
set(PLYO_FAMILIES_OF_ONE_BUILD mujoco robotics)

# Sets <out> to the generated sources with Plyo's own mathematics and the table of tasks, <reference_out> to those that
# are built against libm, and <scenes_out> to those of the scenes.
function(plyo_generate_envs out reference_out scenes_out)
  set(root ${PROJECT_SOURCE_DIR}/cpp)
  set(generated ${PROJECT_BINARY_DIR}/generated)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${root} ${root}/envs/*/*.hpp)
  list(SORT headers)
  if(NOT headers)
    message(FATAL_ERROR "no environment found under ${root}/envs/<family>/")
  endif()

  set(fast_sources)
  set(reference_sources)
  set(scene_sources)
  file(GLOB unclaimed_scenes CONFIGURE_DEPENDS RELATIVE ${root} ${root}/scenes/*/*.hpp)
  set(DECLARATIONS)
  set(ROWS)
  foreach(HEADER IN LISTS headers)
    get_filename_component(stem ${HEADER} NAME_WE)
    get_filename_component(family ${HEADER} DIRECTORY)
    get_filename_component(family ${family} NAME)

    # cart_pole -> CartPole
    string(REPLACE "_" ";" words ${stem})
    set(NAME)
    foreach(word IN LISTS words)
      string(SUBSTRING ${word} 0 1 first)
      string(SUBSTRING ${word} 1 -1 rest)
      string(TOUPPER ${first} first)
      string(APPEND NAME ${first}${rest})
    endforeach()
    file(STRINGS ${root}/${HEADER} definition REGEX "^struct ${NAME}[ {]")
    if(NOT definition)
      message(FATAL_ERROR "cpp/${HEADER} must define `struct ${NAME}`: the struct is named after its file")
    endif()

    file(STRINGS ${root}/${HEADER} versions REGEX "^using ${NAME}[A-Za-z0-9]+ = ")
    list(TRANSFORM versions REPLACE "^using (${NAME}[A-Za-z0-9]+) = .*" "\\1")
    if(NOT versions)
      set(versions ${NAME})
    endif()

    set(builds fast reference)
    set(reference_build reference)
    if(family IN_LIST PLYO_FAMILIES_OF_ONE_BUILD)
      set(builds fast)
      set(reference_build fast)
    endif()
    foreach(MATH IN LISTS builds)
      set(TABLES)
      foreach(version IN LISTS versions)
        string(APPEND TABLES "extern const TaskBuild ${version}_${MATH};\n"
          "constexpr TaskBuild ${version}_${MATH} = make_task<PLYO_ENVS::${version}, PLYO_ENVS::kReferenceMath>();\n")
        string(APPEND DECLARATIONS "extern const TaskBuild ${version}_${MATH};\n")
      endforeach()
      set(source ${generated}/${family}_${stem}_${MATH}.cpp)
      configure_file(${PROJECT_SOURCE_DIR}/cmake/env.cpp.in ${source} @ONLY)
      list(APPEND ${MATH}_sources ${source})
    endforeach()

    set(SCENE scenes/${family}/${stem}.hpp)
    set(scene_pointer nullptr)
    if(SCENE IN_LIST unclaimed_scenes)
      list(REMOVE_ITEM unclaimed_scenes ${SCENE})
      set(source ${generated}/${family}_${stem}_scene.cpp)
      configure_file(${PROJECT_SOURCE_DIR}/cmake/scene.cpp.in ${source} @ONLY)
      list(APPEND scene_sources ${source})
      string(APPEND DECLARATIONS "extern const SceneOps ${NAME}_scene;\n")
      set(scene_pointer "&generated::${NAME}_scene")
    endif()
    foreach(version IN LISTS versions)
      string(APPEND ROWS "      {\"${version}\", \"${family}\", generated::${version}_fast, "
        "generated::${version}_${reference_build}, ${scene_pointer}},\n")
      message(STATUS "plyo: environment ${version} (${family})")
    endforeach()
  endforeach()
  if(unclaimed_scenes)
    message(FATAL_ERROR "without an environment of the same family and file name: cpp/${unclaimed_scenes}")
  endif()

  configure_file(${PROJECT_SOURCE_DIR}/cmake/registry.cpp.in ${generated}/registry.cpp @ONLY)
  set(${out} ${fast_sources} ${generated}/registry.cpp PARENT_SCOPE)
  set(${reference_out} ${reference_sources} PARENT_SCOPE)
  set(${scenes_out} ${scene_sources} PARENT_SCOPE)
endfunction()
