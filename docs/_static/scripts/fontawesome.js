// In place of the theme's own file of 1.5 MB: the few icons of the pages are in icons.css.
