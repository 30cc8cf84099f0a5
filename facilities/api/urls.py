"""The addresses of facilities, devices and lots under /api/v1/."""

from rest_framework.routers import SimpleRouter

from facilities.api.views import EquipmentViewSet, FacilityViewSet, StockLotViewSet

router = SimpleRouter()
router.register("facilities", FacilityViewSet, basename="api-facility")
router.register("equipment", EquipmentViewSet, basename="api-equipment")
router.register("stock-lots", StockLotViewSet, basename="api-stocklot")

urlpatterns = router.urls
